//go:build race

package coverage_test

// raced says that the race detector watches: everything takes many times as long.
const raced = true
