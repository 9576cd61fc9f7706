package layers

import (
	"path/filepath"
	"slices"
	"testing"
)

// unshownFor has the packages and nouns that need no Example, and why.
var unshownFor = map[string]string{
	"backend/cuda/blas":     "its nouns mirror cuBLAS and need that library; the tests run them on a stand-in",
	"backend/cuda/driver":   "its nouns mirror libcuda and need a driver; the tests run them on a stand-in",
	"backend/vulkan/vkshim": "its nouns mirror Vulkan's and need a driver; the tests of backend/vulkan run them",

	"conformance/opinfo.M": "another name of tensor.MaskedTensor, to keep a table short",
	"conformance/opinfo.T": "another name of tensor.Tensor, to keep a table short",
}

// TestExamples holds the tree to its promise that every exported noun has an
// Example whose output is checked.
func TestExamples(t *testing.T) {
	nouns, err := Unshown(filepath.Join("..", ".."), module)
	if err != nil {
		t.Fatal(err)
	}
	excused := map[string]bool{}
	for _, n := range nouns {
		at := n.String()
		if unshownFor[at] == "" {
			at = n.Package
		}
		if unshownFor[at] == "" {
			t.Errorf("%s: no Example with an output shows it", n)
		}
		excused[at] = true
	}
	for at := range unshownFor {
		if !excused[at] {
			t.Errorf("%s: there are Examples, or there is no such noun: take it off the list", at)
		}
	}
}

// The planted package shows its nouns in each way that counts, and hides some
// in each way that does not.
func TestUnshownFindsPlanted(t *testing.T) {
	nouns, err := Unshown(filepath.Join("testdata", "shown"), module)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range nouns {
		got = append(got, n.String())
	}
	want := []string{"box.Bare", "box.Mute", "box.OnlyTested", "box.Same"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
