import FuzzSupport

fuzz(IniReading.check)
