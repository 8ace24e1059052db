"""What invented patients say in their own words."""

WRITE_INS = (
    "the lady at the pharmacy",
    "saw it on the bus",
    "my compression stocking shop",
    "church bulletin",
    "un volante en la tienda",
    "my hairdresser swears by you",
    "heard it at the gym",
)
VERBATIMS = {
    "friend_family": (
        "My sister had her legs done here and can't stop talking about it",
        "A friend from church came last year",
        "Mi vecina me dijo que la atendieron muy bien",
        "My husband was your patient",
    ),
    "doctor": (
        "My doctor said you are the best for this",
        "Sent over after the ultrasound",
        "El doctor me dio su tarjeta",
    ),
    "online_search": ("Looked up varicose veins near me", "Asked a chatbot, it named you first"),
    "insurance": ("You were on my plan's list", "The insurance lady gave me three names"),
    "billboard_route_9": ("The big sign on Route 9", "I pass your billboard every day"),
    "drove_by": ("I walk my dog past your door",),
}
