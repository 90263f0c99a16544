package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// stage says that a piece of work begins; the answer says that it ended.
func (a *app) stage(name string) func(result string) {
	began := time.Now()
	if a.tty {
		fmt.Fprintf(a.err, "%-34s ", name+"…")
	}
	return func(result string) {
		if !a.tty {
			fmt.Fprintf(a.err, "%-34s ", name)
		}
		fmt.Fprintf(a.err, "%6.1f s  %s\n", time.Since(began).Seconds(), result)
	}
}

// bar is a progress bar on a terminal and silent elsewhere.
func (a *app) bar(total int64, name string) *progressbar.ProgressBar {
	if !a.tty {
		return progressbar.DefaultSilent(total)
	}
	return progressbar.NewOptions64(total, progressbar.OptionSetDescription(name), progressbar.OptionSetWriter(a.err),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
}
