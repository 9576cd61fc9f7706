package models_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
	"github.com/hekla-ml/hekla/vision/models"
)

func readJSON[T any](t testing.TB, path string) (v T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		b = bytes.ReplaceAll(b, []byte(": NaN"), []byte(": null")) // Python writes what JSON has not
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestKeys compares names and shapes of states with torchvision's.
func TestKeys(t *testing.T) {
	record := readJSON[map[string]struct {
		Params int
		Keys   map[string][]int
	}](t, recorded.Oracle(t, "torchvision_keys.json"))
	passed, failed := 0, 0
	for name, want := range record {
		ok := t.Run(name, func(t *testing.T) {
			m, err := models.New(name, nn.Blank(tensor.CPU(), dtype.Float32))
			if err != nil {
				t.Fatal(err)
			}
			if n := nn.NumParameters(m); n != want.Params {
				t.Errorf("%d parameters, want %d", n, want.Params)
			}
			found := map[string]bool{}
			for key, x := range nn.StateDict(m) {
				if shape, ok := want.Keys[key]; !ok || !slices.Equal(shape, x.Shape()) {
					t.Errorf("%s is %v, want %v", key, x.Shape(), shape)
				}
				found[key] = true
				x.Free()
			}
			for key := range want.Keys {
				if !found[key] {
					t.Errorf("%s is missing", key)
				}
			}
		})
		if ok {
			passed++
		} else {
			failed++
		}
	}
	fmt.Printf("golden: section=torchvision_keys passed=%d failed=%d skipped=0\n", passed, failed)
}
