package main

import (
	"bytes"
	"os"
	"testing"
)

func TestMethodsAreUpToDate(t *testing.T) {
	want, err := methods()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../tensor/zz_methods.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("tensor/zz_methods.go differs from the op table: run go generate ./...")
	}
}
