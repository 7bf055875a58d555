package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/sidetone/sidetone/qc"
)

// Conclude says in a few sentences how a simulated call went: how it ended, how
// the mood moved, and what the scorecard found, weakest first.
func Conclude(s *Scenario, r Result, report *qc.Report) string {
	w := words[s.Language]
	var b strings.Builder
	b.WriteString(w.endings[r.Why])
	if len(r.Mood) > 1 {
		first, last := r.Mood[0], r.Mood[len(r.Mood)-1]
		worst := first
		for i, p := range r.Mood {
			if i > 0 && p.Mood-r.Mood[i-1].Mood > 0.1 && p.Mood > worst.Mood {
				worst = p
			}
		}
		fmt.Fprintf(&b, w.mood, percent(first.Mood), percent(last.Mood))
		if worst != first {
			fmt.Fprintf(&b, w.worst, clock(worst.At))
		}
	}
	if report == nil {
		return b.String()
	}
	fmt.Fprintf(&b, w.score, report.Score)
	var missed []string
	for _, section := range report.Sections {
		for _, item := range section.Items {
			if item.Verdict == qc.Fail {
				missed = append(missed, item.Title)
			}
		}
	}
	if len(missed) > 0 {
		fmt.Fprintf(&b, w.missed, strings.Join(missed[:min(len(missed), 4)], w.comma))
	}
	return b.String()
}

func percent(mood float64) int { return int(mood*100 + 0.5) }

func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

type phrases struct {
	endings                           map[string]string
	mood, worst, score, missed, comma string
}

var words = map[string]phrases{
	"en": {
		endings: map[string]string{
			"content": "The customer left content. ", "angry": "The customer hung up angry. ",
			"tired": "The customer ran out of time. ", "trainee": "You hung up first. ", "": "The call was cut off. ",
		},
		mood: "Their anger went from %d to %d of 100. ", worst: "It rose most at %s. ",
		score: "Your score is %.0f of 100. ", missed: "Practise next: %s.", comma: ", ",
	},
	"zh": {
		endings: map[string]string{
			"content": "客户满意地结束了通话。", "angry": "客户生气地挂断了电话。",
			"tired": "客户没有时间再等了。", "trainee": "您先挂断了电话。", "": "通话中断了。",
		},
		mood: "客户的怒气从 %d 变到 %d（满分 100）。", worst: "在 %s 上升最多。",
		score: "您的得分是 %.0f 分。", missed: "接下来请练习：%s。", comma: "、",
	},
}
