"""Ordinary messages, by which a rule that catches nearly everything is told from one that means something. Pure."""

ORDINARY = tuple(
    """
What helps against a cold?
How much water should I drink in a day?
My knee hurts when I climb stairs.
Can I take ibuprofen with food?
I have had a cough for three days.
What is a normal blood pressure for a woman of fifty?
Thank you, that was helpful.
Is it safe to exercise while I have a cold?
My son has a runny nose and is a bit tired.
How long does the flu last?
I would like to lose some weight before summer.
Which foods have a lot of iron?
Do I need a vaccine before I travel to Kenya?
I slept badly last night and feel tired today.
What are the side effects of metformin?
Can you explain what cholesterol is?
My back has been stiff since I moved house.
How do I get rid of dandruff?
Are there exercises for a stiff neck?
I forgot to take my tablet this morning, what should I do?
What does a dermatologist do?
My mother has diabetes and wants to know what she can eat.
How can I stop smoking?
Does coffee raise the heart rate?
When should my baby start to eat solid food?
I am pregnant and wonder which fish I may eat.
Why do I get headaches after work?
Is this cream good for eczema?
Hello, can I ask you a question?
How often should I see the dentist?
I get hay fever every spring.
What is the difference between a virus and a bacterium?
My eyes are dry from looking at the screen.
Should I put ice or heat on a sprained ankle?
I feel nervous before exams, what can I do?
How do I check my blood sugar at home?
What is a good bedtime for a child of eight?
Can stress make my stomach upset?
I have a small rash on my arm that itches.
Yes please.
No, I do not think so.
It has been like that for about a week now.
Where can I find a pharmacy that is open on Sunday?
What is the best way to treat a blister?
My grandfather takes warfarin, may he eat spinach?
How is asthma treated?
I hurt my wrist playing tennis last year.
Tell me more about vitamin D.
Could it be an allergy?
We had fish for dinner and everybody was fine.
""".strip().splitlines()
)
