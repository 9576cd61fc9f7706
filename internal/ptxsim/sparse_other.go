//go:build !linux

package ptxsim

import "errors"

func sparse(int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func freeSparse([]byte) error { return nil }
