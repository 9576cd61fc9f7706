package backend

import (
	"errors"
	"fmt"
	"testing"
)

func TestMemoryError(t *testing.T) {
	for _, c := range []struct {
		err  *MemoryError
		want string
		why  string
	}{
		{&MemoryError{Device: "cuda:0", Requested: 100, InUse: 7},
			"backend: cuda:0: out of memory: asked for 100 bytes with 7 in use; use smaller batches, tensor.Scope, or free tensors earlier", "no budget"},
		{&MemoryError{Device: "cpu:0", Requested: 100, InUse: 7, Cached: 3, Limit: 50},
			"backend: cpu:0: out of memory: asked for 100 bytes with 7 in use of a budget of 50; use smaller batches, tensor.Scope, or free tensors earlier", "budget"},
		{&MemoryError{Device: "cpu:0", Requested: 1, Cause: errRefused},
			"backend: cpu:0: out of memory: asked for 1 bytes with 0 in use (the fake is full); use smaller batches, tensor.Scope, or free tensors earlier", "the device's words"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.why, got, c.want)
		}
	}
}

func TestErrorsAreTold(t *testing.T) {
	all := []error{ErrUnsupported, ErrOutOfMemory, ErrDeviceLost, ErrNoDevice, ErrClosed}
	for _, c := range []struct {
		err  error
		want error
	}{
		{fmt.Errorf("vulkan: fft: %w", ErrUnsupported), ErrUnsupported},
		{&MemoryError{}, ErrOutOfMemory},
		{fmt.Errorf("cpu: %w", &MemoryError{Cause: errRefused}), ErrOutOfMemory},
		{errBudget, ErrOutOfMemory},
		{errFreed, nil},
	} {
		for _, target := range all {
			if got := errors.Is(c.err, target); got != (target == c.want) {
				t.Errorf("errors.Is(%v, %v) = %v", c.err, target, got)
			}
		}
	}
	if !errors.Is(&MemoryError{Cause: errRefused}, errRefused) {
		t.Error("the cause of a MemoryError is hidden")
	}
}

func TestKindNames(t *testing.T) {
	for k, want := range map[Kind]string{Software: "software", CPU: "cpu", IntegratedGPU: "integrated GPU", DiscreteGPU: "discrete GPU", 9: "kind(9)"} {
		if got := k.String(); got != want {
			t.Errorf("Kind %d is %q, want %q", uint8(k), got, want)
		}
	}
}
