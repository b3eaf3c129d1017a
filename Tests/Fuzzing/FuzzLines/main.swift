import FuzzSupport

fuzz(LinesReading.check)
