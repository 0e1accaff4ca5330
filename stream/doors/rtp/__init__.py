"""RTP, as Asterisk's external media sends it: a UDP port a leg of a call."""
