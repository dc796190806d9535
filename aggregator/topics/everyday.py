"""Everyday words of the languages most news is in, as far as an abbreviation may be spelled like
one: IS, WHO, US, IT, AI, EI, EU. As folded, without accents.
"""

from typing import Final

EVERYDAY: Final = frozenset(
    # English
    """
    a i am an as at be by do go he if in is it me my no of oh ok on or so to up us we
    act add age aid aids air all and any are arm art ask bad ban bar bat bed bet big bit box boy
    but buy can car cat cop cop cut day did die dog ear eat end eye fan far few fit fly for fun gas
    get god got gun had has hat her hid him his hit hot how ice ill its job key kid law lay led leg
    let lie lot low mad man map may men met mid mix nor not now off oil old one our out own pay per
    pop put ran raw red rid run sad sat saw say sea see set she sit six sky son sun tax tea ten the
    tie tip too top try two use via war was way web wet who why win won yes yet you
    ally camp care case come core cure date face fast from hard have here hope into just lead live
    made map mass more most must next once only over pact part plan race rain rare rate real rest
    ride rise room safe same save seen self ship snap some soon star stem step stop such swift sure
    take tell than that them then they this time tips true very want well went were what when will
    wish with word work year your about smart start storm there these think those where which while
    would
    """
    # German
    """
    ab am an da du er es im ja je ob so um wo zu auf aus bei bin bis das dem den der des die ein
    gut hat ich ihm ihn ihr ist man mir mit nah neu nie nun nur oft ort rat sei sie tag tat tor tun
    uns und von vor war was weg wer wie wir wird zum zur ei eis eine wenn
    """
    # French
    """
    ai as au ce de du en es et eu il je la le ma me ne ni on ou sa se si ta te tu un va vu aux car
    ces cet eau est fin ici ils les lui mai mal mer mes mis moi mot nos oui par pas peu pis qui que
    roi rue sais ses soi son sur tel tes toi ton tot tous une vie vos
    """
    # Spanish, Portuguese
    """
    al el en ha ir la le lo mi ni os se si su te tu un ve ya asi bien como con dar del dia dos ese
    eso fin fue han hay las les los mal mas mes mis muy nos paz por que rey ser sin son sus tal tan
    una uno vez voz ao da das de do dos ela ele em eu foi lei mae mar meu na nas nem nos pai pais
    pela por rio sem seu sim sol sua tem tio um uma vai
    """
    # Italian
    """
    ai al che chi ci cui da dai dal dei del di due e gia gli ha hai ho io la le lei li lo lui ma mi
    mia mio ne nel noi non per pero piu po poi qua qui se sei si sia sta su sua sul suo tra tre tu
    un una uno va vi via voi
    """
    # Dutch and the languages of Scandinavia
    """
    al als bij dan dat dit een er haar heb het hij hoe hun ik ja jij met na nee niet nog nu om ons
    op te toe tot uit van ver voor wat we wel wie wij ze zij zo at att av bli da deg den der det dig
    efter ett fra fram for han har hon hun hva ikke jag jeg kan man med meg men mig mot noe og och
    oss paa pa si sin ska skal som sig til till ut vad var ved vi vil
    """
    # Turkish, Polish
    """
    az bir bu da de en gibi ile ise ki mi ne o ona su ve ya co czy dla do ja jak jest juz ma na nad
    nie od on ona po pod sie ta tak te to tu tym w we z za ze
    """
    # Russian
    """
    без бы был вам вас век весь во вот все год да дар для до ее ей ему если же за и из или им их к
    как кто ли мир мне мы на над нам нас наш не нет ни но о об он она они от по под при про раз с
    сам со суд так там то тот три ты у час что это я
    """.split()
)
