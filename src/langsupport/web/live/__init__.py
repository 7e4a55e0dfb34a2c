"""Live sessions: who may come in, the sockets for sound and captions, the playlists for players."""
