import FuzzSupport

fuzz(InitialStateAnswers.check)
