"""People who ask to be left alone, in any words, and people who only use the same words."""

import time

import pytest

from intake.sms.wishes import Wish, wish_of

LEAVE_ME_ALONE = [
    "stop texting me please",
    "I want to be removed",
    "please take us off this list",
    "can you stop texting",
    "Stop messaging this number",
    "I don't want these messages",
    "do not text this number",
    "don't ever contact me again",
    "not interested stop",
    "STOP STOP STOP",
    "Stoppp",
    "end this",
    "I no longer want texts",
    "unsubscribe please",
    "please unsubscribe me from this",
    "no more",
    "No more!",
    "remove",
    "quit it",
    "stop it please",
    "STOP MSG",
    "do not message",
    "Please don't text",
    "dont send texts",
    "i did not sign up for this",
    "I never signed up for these texts",
    "you won't stop texting me",
    "enough already",
    "how do I stop these texts",
    "take me off",
    "TAKE ME OFF YOUR LIST",
    "Pls no more msgs",
    "stop bugging me",
    "Leave me the hell alone",
    "I am blocking you",
    "reported as spam",
    "spam",
    "Stop all messages",
    "halt",
    "Ya no me escriban por favor",
    "no quiero mensajes",
    "no deseo recibir textos",
    "Por favor no me envíen más",
    "déjenme en paz",
    "dejen de escribirme",
    "deténganse",
    "cancelar mensajes",
    "eliminen mi número",
    "no me interesa recibir esto",
    "Dame de baja",
    "sáquenme de esa lista",
    "no molesten",
    "ya párenle",
    "quiero que dejen de mandar",
    "no vuelvan a escribir",
    "no me contacten",
    "Ya basta con los mensajes",
    "suspender",
    "DETENER",
    "parar mensajes",
    "desuscribir",
    "desuscribirme",
    "wrong person",
    "you texted the wrong number",
    "This is not Maria",
    "this is not her phone",
    "I think you have the wrong number",
    "nobody here by that name",
    "Not me",
    "sorry wrong #",
    "she no longer has this number",
    "Este no es su teléfono",
    "número incorrecto",
    "se equivocaron",
    "se equivocaron de persona",
    "no conozco a esa persona",
    "I don't know who this is for",
]
NOT_TO_US = [
    "bus stop bench ad",
    "Stop & Shop",
    "stop and shop bulletin",
    "non-stop ads on the radio",
    "i saw it at the pit stop",
    "my boss told me to get my leg looked at",
    "remove veins dr patel",
    "my doctor told me to stop smoking and come to you",
    "your ad kept popping up, couldn't stop seeing it",
    "I didn't get your text",
    "I didn't want surgery so googled",
    "no me mandó nadie",
    "no me mandaron",
    "me mandó mi doctor",
    "para mí fue google",
    "el fin de semana en la feria",
    "no quería operarme y busqué en internet",
    "My insurance list",
    "took my mom off the highway exit, saw sign",
    "got the wrong diagnosis, then my friend told me",
    "on the list from my insurance",
    "from the list my insurance sent",
    "off the insurance list",
    "I got your name from the blue cross list",
    "quit my job and found you on indeed",
    "Dr End",
    "cancel culture podcast",
    "un amigo del baile",
    "baja california clinic",
    "my friend Alto",
    "the parents magazine",
    "information booth",
    "start of the year fair",
    "spam email",
    "my wife Karen, no one else",
    "not my doctor, my sister",
    "Her phone had an ad",
    "it's not the phone book, it was google",
    "no es el doctor, fue mi hermana",
    "no soy de aquí, busqué en google",
    "I took a friend's advice",
    "Never heard of you, insurance assigned",
    "they don't take my number, I walked in",
    "I was told to keep my legs up by dr chen",
    "get me off my feet doc said",
    "my doctor said to get off my feet",
    "can't leave me alone ads on youtube",
]


@pytest.mark.parametrize("text", LEAVE_ME_ALONE)
def test_whoever_asks_to_be_left_alone_is(text: str) -> None:
    assert wish_of(text) in (Wish.STOP, Wish.WRONG_NUMBER)


@pytest.mark.parametrize("text", NOT_TO_US)
def test_an_answer_that_uses_the_same_words_is_an_answer(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize("piece", ["dont want ", "remove a ", "stop ", "no ", "a", "take me report mark a b c "])
def test_a_hostile_text_costs_no_time(piece: str) -> None:
    started = time.process_time()
    wish_of(piece * (100_000 // len(piece)))

    assert time.process_time() - started < 0.2
