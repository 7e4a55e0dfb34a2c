"""Sound and captions as pure logic: decoding, windows, guards, cues, subtitle files. No models, no sockets."""
