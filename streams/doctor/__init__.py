"""What `canbao doctor` looks at: one file a server or subject, each gives findings and changes nothing but the probe topic."""
