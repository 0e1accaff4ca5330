"""16-bit PCM behind one JSON text frame: FreeSWITCH's mod_audio_fork and mod_audio_stream, jambonz' listen."""
