// Package shaders holds the compute kernels that are written in GLSL, compiled
// to SPIR-V. Sizes of tiles and the like are specialization constants.
package shaders

import "embed"

//go:generate sh -c "for f in *.comp; do glslc -O --target-env=vulkan1.1 -o ${f%.comp}.spv $f || exit 1; done"

// FS has a module NAME.spv for each NAME.comp.
//
//go:embed *.spv
var FS embed.FS
