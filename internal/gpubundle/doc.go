// Package gpubundle holds the scripts that make a folder for machines with a
// GPU and without Go, and that run there; its test runs them here.
package gpubundle
