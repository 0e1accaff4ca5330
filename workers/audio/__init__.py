"""From bytes to segments: codecs, intake, voice activity, segmentation, signal quality."""
