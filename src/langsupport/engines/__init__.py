"""Models at work: the only importer of ctranslate2, faster_whisper, torch, transformers and onnxruntime."""
