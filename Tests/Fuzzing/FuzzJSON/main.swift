import FuzzSupport

fuzz(JSONReading.check)
