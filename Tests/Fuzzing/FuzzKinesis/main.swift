import FuzzSupport

fuzz(KinesisAnswers.check)
