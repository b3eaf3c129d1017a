import FuzzSupport

fuzz(CredentialAnswers.check)
