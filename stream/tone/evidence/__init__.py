"""Evidence for a degraded tone: baseline, score, likelihoods, words, and the detector that adds them up."""
