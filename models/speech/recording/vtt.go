package recording

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sidetone/sidetone/call"
)

// Shown is the text of a turn as people read it.
func Shown(u call.Utterance) string {
	if u.Display != "" {
		return u.Display
	}
	return u.Text
}

// WriteVTT writes turns as WebVTT, the party as the voice of each cue.
func WriteVTT(w io.Writer, turns []call.Utterance) error {
	if _, err := io.WriteString(w, "WEBVTT\n"); err != nil {
		return err
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ")
	for _, u := range turns {
		_, err := fmt.Fprintf(w, "\n%s --> %s\n<v %s>%s\n", stamp(u.Start), stamp(max(u.End, u.Start+call.Position(time.Millisecond))), u.Party, escape.Replace(Shown(u)))
		if err != nil {
			return err
		}
	}
	return nil
}

func stamp(p call.Position) string {
	ms := time.Duration(p).Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
