import FuzzSupport

fuzz(SegmentReading.check)
