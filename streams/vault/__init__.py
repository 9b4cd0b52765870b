"""The identity vault: what stands behind a person key, sealed a person at a time; look-up, erasure, rotation of the key above."""
