"""Why a door was not reached or does not let a call in, in words, with what to do about it."""

from __future__ import annotations

import errno
import socket
import ssl

from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

_STATUS = {
    401: "it does not know who calls: give the door's secret with --secret-file",
    403: "it takes no call from a page of the web",
    404: "it has no door at this path: end the address as the door's protocol does, such as /twilio",
    429: "as many calls are open as one may have: wait until some are over, or raise TONEWATCH_DOOR_CALLS",
    503: "it takes no calls now: it stops, or cannot write to Kafka; its log says which",
}

_SYSTEM = {
    errno.ECONNREFUSED: "nothing listens there: start `tonewatch door` with this address, or give the address of one",
    errno.EHOSTUNREACH: "no network leads there: check the address, and the firewall between",
    errno.ENETUNREACH: "no network leads there: check the address, and the firewall between",
    errno.ECONNRESET: "it hung up at once: the other side may speak TLS, or be no door",
    errno.EPIPE: "it hung up",
    errno.ETIMEDOUT: "nobody answers there: check the address, and the firewall between",
}


def refusal(error: BaseException, waited_s: float) -> str:
    """Of an attempt that was given up after `waited_s` where it is a TimeoutError; without a full stop."""
    match error:
        case TimeoutError():
            return f"no answer within {waited_s:.0f} s: check the address, and that a door runs there"
        case InvalidStatus():
            status = error.response.status_code
            return _STATUS.get(status, f"it answered with HTTP status {status}")
        case InvalidMessage():
            return "what listens there speaks no websocket: check the address, and ws:// or wss://"
        case ConnectionClosed():
            said = error.rcvd.reason if error.rcvd is not None else ""
            return f"it hung up{f': {said}' if said else ''}"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}): name its CA with --ca-file"
        case ssl.SSLError():
            return "it speaks no TLS: write ws:// instead of wss://, or leave --tls out"
        case socket.gaierror():
            return "its name is not known: check the address"
        case OSError():
            return _of_system(error)
    return str(error) or type(error).__name__


def _of_system(error: OSError) -> str:
    """Of a name with several addresses asyncio makes one error, which has no number of its own."""
    numbers = [number for number in _SYSTEM if error.errno == number or f"[Errno {number}]" in str(error)]
    if numbers:
        return _SYSTEM[numbers[0]]
    return error.strerror or str(error) or type(error).__name__
