package flow

import "strings"

// kind is what a step does, told from its label and reply.
type kind int

const (
	inform kind = iota
	ask
	confirm // asks for a yes before something is done
	done    // says that something was done
	failed  // says that something could not be done
	hello
	more // anything else?
	bye
	astray // out of scope
	criteria
	condition
	kinds
)

func kindOf(label, reply string) kind {
	l, r := strings.ToLower(label), strings.ToLower(strings.TrimSpace(reply))
	has := func(s string, list ...string) bool {
		for _, x := range list {
			if strings.Contains(s, x) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(l, "query") || l == "yes" || l == "no" || l == "available" || l == "unavailable" || len(words(r)) < 2 && !has(l, "bye", "hello"):
		return condition
	case has(l, "out_of_scope", "fallback"):
		return astray
	case strings.HasPrefix(l, "hello") || has(l, "greet"):
		return hello
	case has(l, "anything_else", "search_more") || has(r, "anything else", "any more", "something else"):
		return more
	case has(l, "bye") || strings.HasPrefix(r, "thank you and goodbye"):
		return bye
	case has(l, "criteria"):
		return criteria
	case has(l, "nothing_found", "fail", "unavailable", "incorrect", "invalid", "not_", "error", "denied", "declin") || has(r, "unfortunately", "i'm sorry", "i am sorry", "cannot", "could not"):
		return failed
	case has(l, "confirm", "succe", "reserved", "booked") && !strings.HasSuffix(r, "?"):
		return done
	case has(l, "confirm") || has(r, "should i ", "shall i ", "can i book", "do you want me", "would you like me", "is that correct", "is this correct", "does that "):
		return confirm
	case strings.HasSuffix(r, "?") || has(l, "ask"):
		return ask
	case has(r, "successfully", "has been", "i have ", "you're all set", "all set"):
		return done
	}
	return inform
}

// act is what a customer's utterance does. One may do several.
type act int

const (
	greets act = iota
	leaves
	thanks
	agrees
	refuses
	asks
	wants   // states a wish: begins something
	changes // takes something back
	numbers
	names
	brief
	long
	plain // none of the first eight
	acts
)

func actsOf(text string) (out [acts]bool) {
	w := words(text)
	t := " " + strings.Join(w, " ") + " "
	has := func(list ...string) bool {
		for _, x := range list {
			if strings.Contains(t, " "+x+" ") {
				return true
			}
		}
		return false
	}
	out[greets] = has("hi", "hello", "hey", "good morning", "good afternoon", "greetings")
	out[leaves] = has("bye", "goodbye", "that's all", "that is all", "that's it", "that will be all", "that would be all", "that'll be all", "nothing else", "no that's", "have a nice", "have a good", "i'm good", "all set", "nope that")
	out[thanks] = has("thanks", "thank you", "thank", "thx", "great", "perfect", "awesome", "cheers")
	out[agrees] = has("yes", "yeah", "yep", "sure", "ok", "okay", "please do", "sounds good", "go ahead", "correct", "right", "that works", "book it", "fine", "yup", "definitely")
	out[refuses] = has("no", "nope", "not", "don't", "none", "nah", "doesn't", "isn't", "didn't")
	out[asks] = strings.Contains(text, "?") || len(w) > 0 && strings.Contains(" what who when where how which is are does do can could will would ", " "+w[0]+" ")
	out[wants] = has("i want", "i need", "i'd like", "i would like", "looking for", "i wish", "please book", "can you", "could you", "i'm looking", "trying to", "want to", "need to", "like to", "help me")
	out[changes] = has("change", "actually", "instead", "wait", "sorry", "cancel", "another", "different", "rather", "else", "other", "forgot", "oh")
	out[numbers] = strings.ContainsAny(text, "0123456789") || has("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "am", "pm", "o'clock", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow", "today", "tonight")
	out[names] = has("name is", "this is", "i'm", "i am", "my name", "it's")
	out[brief], out[long] = len(w) <= 3, len(w) >= 14
	out[plain] = true
	for a := greets; a <= changes; a++ {
		if out[a] {
			out[plain] = false
		}
	}
	return out
}
