//go:build ignore && linux

package main

import _ "github.com/hekla-ml/hekla/mystery"
