"""The Chromium of the end-to-end tests: how it is started."""

from __future__ import annotations

# Pages of its own address bar would be loaded for each window: three quarters of what opening a page costs. The list
# replaces that of Playwright, from which stands here what keeps pages of loopback as they are.
_WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "PaintHolding",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "OptimizationHints",
    "DestroyProfileOnBrowserClose",
)

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", f"--disable-features={','.join(_WITHOUT)}")
