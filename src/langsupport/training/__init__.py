"""Models learn here: from bitext to a trained, measured and converted translation model.

    bitext -> cleaning -> vocabulary -> examples -> training -> export

The training modules import torch and transformers (extra `torch`); the rest needs neither.
"""
