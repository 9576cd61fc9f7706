#!/bin/sh
# Compiles NAME.comp to NAME.spv, and again for elements of 16 bits to NAME16.spv
# where it speaks of HALVES, and with a bias and an activation to NAMElinear.spv where
# of LINEAR. See generate-newer.sh for NAME.coop.
set -e
for f in *.comp; do
	glslc -O --target-env=vulkan1.1 -o "${f%.comp}.spv" "$f"
	if grep -q HALVES "$f"; then
		glslc -O -DHALVES --target-env=vulkan1.1 -o "${f%.comp}16.spv" "$f"
	fi
	if grep -q LINEAR "$f"; then
		glslc -O -DLINEAR --target-env=vulkan1.1 -o "${f%.comp}linear.spv" "$f"
	fi
done
