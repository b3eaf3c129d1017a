import FuzzSupport

fuzz(ShardReading.check)
