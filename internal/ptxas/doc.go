// Package ptxas gives PTX to NVIDIA's assembler, for tests: what it refuses, so does the compiler in
// the driver. It is not needed to build or to use Hekla; scripts/ptxas.sh fetches it.
package ptxas
