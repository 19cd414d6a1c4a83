"""The pages: templates, plain ES modules and styles; no build step, and no third-party file of our own."""
