"""Assembly and disassembly of kits, and the composition and units of measure of variants."""
