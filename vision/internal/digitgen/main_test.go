package main

import (
	"bytes"
	"os"
	"testing"
)

func TestOutlinesAreFresh(t *testing.T) {
	want, err := outlines()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../zz_outlines.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("vision/zz_outlines.go is stale: go generate ./vision")
	}
}
