"""The secret of the demo's person keys. The people are synthetic, so it protects nobody; a city sets its own."""

PEPPER = "demo-city-pepper-protects-nobody-0"
PEPPER_VERSION = 1
