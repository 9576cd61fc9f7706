package main

import (
	_ "github.com/google/shlex"
	_ "github.com/hekla-ml/hekla/backend/all"
)

func main() {}
