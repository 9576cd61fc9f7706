#!/bin/sh
# Compiles NAME.coop to NAME.spv, which takes a glslc that knows cooperative
# matrices, and writes down of which sources: Debian 12's is older, and a test
# there sees by the sums whether the modules are still theirs.
set -e
for f in *.coop; do
	glslc -O -fshader-stage=compute --target-env=vulkan1.2 -o "${f%.coop}.spv" "$f"
done
cat *.coop launch.glsl operand.glsl | sha256sum | cut -d' ' -f1 >newer.sum
