import FuzzSupport

fuzz(CursorReading.check)
