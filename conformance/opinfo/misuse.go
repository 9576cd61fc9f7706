package opinfo

import "github.com/hekla-ml/hekla/backend"

// misuse makes the calls that PyTorch refuses.
func (o *Op) misuse(dev backend.Device) {}
