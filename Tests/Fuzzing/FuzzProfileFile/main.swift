import FuzzSupport

fuzz(ProfileReading.check)
