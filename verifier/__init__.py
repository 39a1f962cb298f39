"""The verifier anybody can take home: one file that shares no code with the server (an import contract says so)."""
