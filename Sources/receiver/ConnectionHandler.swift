import Glibc
import NIOCore
import NIOHTTP1

/// One connection: collects each request, asks the front desk, and does as it says. The pipeline in
/// front of it hands over the next request only after the answer to the last one.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let desk: FrontDesk
  private let refuse: @Sendable (_ seconds: Double) -> Void
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  /// Bytes of the body that came, kept or not.
  private var bodyBytes = 0
  private var hasServedUplink = false

  init(desk: FrontDesk, refuse: @escaping @Sendable (_ seconds: Double) -> Void) {
    self.desk = desk
    self.refuse = refuse
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, context)
    case .body(let part): take(part, context)
    case .end: finish(context)
    }
  }

  /// A connection that fails is of no interest to anyone but the client.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    self.head = head
    body.clear()
    bodyBytes = 0
    let expectsContinue = head.headers[canonicalForm: "expect"].contains {
      $0.lowercased() == "100-continue"
    }
    guard expectsContinue else { return }
    let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    if length > desk.bodyBytesMax {
      self.head = nil
      send(.message(413, "The body is too large"), of: head, at: .now(), isLast: true, context)
      return
    }
    let interim = HTTPResponseHead(version: head.version, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
  }

  /// Keeps one byte more than is allowed, by which the endpoints know that it is too much.
  private func take(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
    guard head != nil else { return }
    bodyBytes += part.readableBytes
    let room = desk.bodyBytesMax + 1 - body.readableBytes
    var part = part
    if body.readableBytes == 0, part.readableBytes <= room {
      body = part
    } else if var kept = part.readSlice(length: min(room, part.readableBytes)) {
      body.writeBuffer(&kept)
    }
    if bodyBytes > desk.bodyBytesMax * 4 { context.close(promise: nil) }
  }

  private func finish(_ context: ChannelHandlerContext) {
    guard let head else { return }
    self.head = nil
    let request = Request(
      method: head.method.rawValue, target: head.uri,
      headers: head.headers.map { (name: $0.name, value: $0.value) },
      body: body.readBytes(length: body.readableBytes) ?? [])
    body = ByteBuffer()
    let isFirst = !hasServedUplink && Receiving.isForUplink(request)
    if isFirst { hasServedUplink = true }
    let reaction = desk.react(to: request, isFirst: isFirst)
    guard reaction.delayMilliseconds > 0 else {
      end(reaction, head, context)
      return
    }
    context.eventLoop.assumeIsolated().scheduleTask(
      in: .milliseconds(reaction.delayMilliseconds)
    ) {
      if context.channel.isActive { self.end(reaction, head, context) }
    }
  }

  private func end(
    _ reaction: Reaction, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    switch reaction.ending {
    case .answer:
      let isLast = bodyBytes > desk.bodyBytesMax || reaction.refuseSeconds != nil
      let written = send(reaction.answer, of: head, at: reaction.date, isLast: isLast, context)
      if let seconds = reaction.refuseSeconds {
        written.whenComplete { [refuse] _ in refuse(seconds) }
      }
    case .truncate: sendHalf(reaction.answer, at: reaction.date, context)
    case .close: context.close(promise: nil)
    case .reset: reset(context)
    case .hang(let until):
      guard let until else { return }
      let wait = until.microseconds - WallTime.now().microseconds
      context.eventLoop.assumeIsolated().scheduleTask(in: .microseconds(max(0, wait))) {
        context.close(promise: nil)
      }
    }
  }

  @discardableResult
  private func send(
    _ answer: Answer, of request: HTTPRequestHead, at date: WallTime, isLast: Bool,
    _ context: ChannelHandlerContext
  ) -> EventLoopFuture<Void> {
    var head = responseHead(answer, at: date)
    let closes = isLast || !request.isKeepAlive
    if answer.status != 204, answer.status != 304 {
      head.headers.add(name: "Content-Length", value: String(answer.body.count))
    }
    if closes {
      head.headers.add(name: "Connection", value: "close")
    } else if request.version.minor == 0 {
      head.headers.add(name: "Connection", value: "keep-alive")
    }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD, !answer.body.isEmpty {
      let body = context.channel.allocator.buffer(bytes: answer.body)
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    let written = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    if closes {
      written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
    return written.futureResult
  }

  /// An answer without a body becomes 200 with one, which then does not come.
  private func sendHalf(_ answer: Answer, at date: WallTime, _ context: ChannelHandlerContext) {
    var head = responseHead(answer, at: date)
    if answer.body.isEmpty { head.status = .ok }
    let promised = answer.body.isEmpty ? 16 : answer.body.count
    head.headers.add(name: "Content-Length", value: String(promised))
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let half = context.channel.allocator.buffer(bytes: answer.body.prefix(answer.body.count / 2))
    let written = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half))), promise: written)
    written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  private func responseHead(_ answer: Answer, at date: WallTime) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.reserveCapacity(answer.headers.count + 3)
    headers.add(name: "Date", value: date.httpDate)
    for header in answer.headers { headers.add(name: header.name, value: header.value) }
    let status = HTTPResponseStatus(statusCode: answer.status)
    return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
  }

  /// Closing without lingering makes the system send RST in place of FIN.
  private func reset(_ context: ChannelHandlerContext) {
    let now = linger(l_onoff: 1, l_linger: 0)
    guard let socket = context.channel as? any SocketOptionProvider else {
      context.close(promise: nil)
      return
    }
    socket.setSoLinger(now).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }
}
