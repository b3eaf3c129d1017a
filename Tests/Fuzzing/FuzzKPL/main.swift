import FuzzSupport

fuzz(KPLReading.check)
