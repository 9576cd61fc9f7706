package main

import (
	"fmt"
	"strings"

	"github.com/hekla-ml/hekla/backend"
)

// open opens a device by name; an empty name means the preferred one.
func open(name string) (backend.Device, error) {
	if name == "" {
		return backend.Default()
	}
	return backend.Open(name)
}

// openAll opens a list of devices, "cpu,vulkan:0", or all there are: "all".
func openAll(list string) ([]backend.Device, error) {
	names := strings.Split(list, ",")
	if list == "all" {
		names = nil
		infos, _ := backend.List()
		for _, d := range infos {
			names = append(names, d.Name)
		}
	}
	var all []backend.Device
	for _, n := range names {
		d, err := open(strings.TrimSpace(n))
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.Info().Name == d.Info().Name {
				return nil, fmt.Errorf("%w: device %s is named twice in %q", errUsage, d.Info().Name, list)
			}
		}
		all = append(all, d)
	}
	return all, nil
}
