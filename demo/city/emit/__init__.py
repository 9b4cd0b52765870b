"""From a neutral record of the city to the bytes that its department sends."""
