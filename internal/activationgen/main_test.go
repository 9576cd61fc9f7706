package main

import (
	"bytes"
	"os"
	"testing"
)

// TestFresh: the committed files are what comes out.
func TestFresh(t *testing.T) {
	for language, path := range map[string]string{"cuda": "../../backend/cuda/kernels/zz_activation.cuh", "glsl": "../../shaders/zz_activation.glsl"} {
		var b bytes.Buffer
		if err := write(&b, languages[language]); err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, b.Bytes()) {
			t.Errorf("%s is not what the table gives (%v): run go generate", path, err)
		}
	}
}
