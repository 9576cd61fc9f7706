// Command asmgen writes the SIMD kernels of the CPU backend: Go assembly, the declarations that go vet checks it
// against, and the Go tables that choose among it.
//
// It is a module of its own so that avo, which it is made of, is no dependency of those who use the library. Its output
// is committed; a test in backend/cpu/internal/isa fails when that is stale.
//
//	asmgen gemm backend/cpu/internal/gemm
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("asmgen: ")
	// Not package flag: avo has put flags of its own there.
	if len(os.Args) != 3 {
		log.Fatal("usage: asmgen gemm|conv|vec|strided DIRECTORY")
	}
	generate, ok := map[string]func(dir string) error{"gemm": generateGemm, "conv": generateConv, "vec": generateVec, "strided": generateStrided}[os.Args[1]]
	if !ok {
		log.Fatalf("package %q: want gemm, conv, vec or strided", os.Args[1])
	}
	if err := generate(os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
