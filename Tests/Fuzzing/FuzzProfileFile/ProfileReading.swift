import FuzzSupport
import Uplinks

/// The input is a file of AWS profiles.
enum ProfileReading {
  static func check(_ bytes: [UInt8]) {
    check(bytes, .credentials)
    check(bytes, .config)
  }

  private static func check(_ bytes: [UInt8], _ form: ProfileFile.Form) {
    do throws(ProfileFile.Unreadable) {
      let file = try ProfileFile(bytes, form: form)
      let lines = bytes.count { $0 == 0x0A } + 1
      var length = 0
      for (name, profile) in file.profiles {
        demand(!name.isEmpty, "a profile without a name")
        demand((1...lines).contains(profile.line), "line \(profile.line) of \(lines)")
        if let stray = profile.strayLine {
          demand((1...lines).contains(stray), "line \(stray) of \(lines)")
        }
        length += name.utf8.count
        for (key, value) in profile.values {
          demand(!key.isEmpty && key == key.lowercased(), "the key \(key)")
          demand((1...lines).contains(value.line), "line \(value.line) of \(lines)")
          length += value.text.utf8.count
        }
      }
      // Nothing is invented, and nothing stands twice.
      demand(length <= bytes.count, "\(length) bytes from \(bytes.count)")
      let windows = bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
      demand(try ProfileFile(windows, form: form).profiles == file.profiles, "another with CR LF")
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      guard !bytes.starts(with: mark) else { return }
      let marked = try ProfileFile(mark + bytes, form: form)
      demand(marked.profiles == file.profiles, "another with a mark")
    } catch {
      demand(!error.complaint.isEmpty, "refused without a reason")
      demand(
        bytes.count > 1 << 20 || String(validating: bytes, as: UTF8.self) == nil, error.complaint)
    }
  }
}
