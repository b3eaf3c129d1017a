import FuzzSupport

fuzz(SpoolOpening.check)
