package term

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	patience = time.Second            // what ends sooner is never shown
	turn     = 120 * time.Millisecond // one step of the spinner
)

var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

// Progress is one thing that may take long. On a terminal it is a line with a spinner and the time that has passed, gone when it ends; elsewhere it is one
// plain line for each change of its text. Its methods may be called from several goroutines.
type Progress struct {
	term  *Terminal
	start time.Time
	quit  chan struct{}
	done  sync.WaitGroup

	mu    sync.Mutex
	text  string
	shown string // the text that stands on the screen, or was the last plain line
}

// Progress begins to show text on Err once a second has passed. Call Stop when the work ends, however it ends.
func (t *Terminal) Progress(text string) *Progress {
	p := &Progress{term: t, start: time.Now(), quit: make(chan struct{}), text: text}
	p.done.Add(1)
	go p.run()
	return p
}

// Update changes the text, such as to a new status.
func (p *Progress) Update(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
	if p.shown != "" && !p.term.ErrTerminal {
		p.line()
	}
}

// Stop ends the progress and clears its line. A second call does nothing.
func (p *Progress) Stop() {
	p.mu.Lock()
	select {
	case <-p.quit:
	default:
		close(p.quit)
	}
	p.mu.Unlock()
	p.done.Wait()
}

func (p *Progress) run() {
	defer p.done.Done()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-p.quit:
		return
	case <-wait.C:
	}
	if p.term.ErrTerminal {
		p.spin()
		return
	}
	p.mu.Lock()
	p.line()
	p.mu.Unlock()
}

// line prints the text as a line of its own, unless it was the last one.
func (p *Progress) line() {
	if p.text != p.shown {
		p.shown = p.text
		fmt.Fprintf(p.term.Err, "aircon: %s\n", Clean(p.text))
	}
}

func (p *Progress) spin() {
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	for step := 0; ; step++ {
		p.frame(spinner[step%len(spinner)])
		select {
		case <-p.quit:
			fmt.Fprint(p.term.Err, "\r\x1b[K")
			return
		case <-ticker.C:
		}
	}
}

// frame draws the line anew, cut to the width so that it stays one line.
func (p *Progress) frame(sign rune) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = p.text
	since := time.Since(p.start).Truncate(time.Second)
	text := []rune(fmt.Sprintf("%s (%s)", strings.ReplaceAll(Clean(p.text), "\n", " "), since))
	if room := p.term.ErrWidth - 3; p.term.ErrWidth > 0 && len(text) > room {
		text = append(text[:room-1], '…')
	}
	fmt.Fprintf(p.term.Err, "\r\x1b[K%s %s", paint(p.term.ErrColour, Note, string(sign)), string(text))
}
