"""Texts written for tests, long enough to be told apart."""

HARBOUR = """\
Dock workers at the northern harbour of Port Elster walked out on Tuesday morning after talks over
night shifts broke down, leaving eleven container ships waiting in the bay and shops in the capital
warning of empty shelves by the weekend. The union said that some four thousand members had joined the
strike, more than in any dispute since the port was rebuilt. Its chairwoman, Marta Lindqvist, told
reporters at the gates that the company had offered nothing but a second round of promises. The port
authority called the walkout regrettable and asked for a mediator. A spokesman for the ministry of
transport said that ferries would keep running, and that the government would not step in before
Friday. Wholesalers have begun to send fruit and medicine by road through the mountain pass, which
adds two days to the journey.
"""
HARBOUR_TITLE = "Dock workers strike at Port Elster after talks over night shifts fail"

FLOOD = """\
Rivers in the eastern valleys rose above their banks for the third time this month, and firefighters
carried families out of attic windows in the village of Sankt Veit. Nobody is missing, the mayor said,
but two bridges are gone and the railway is closed until engineers have looked at the embankment. Rain
is forecast until Thursday evening. Farmers moved cattle to the school's sports ground, where children
fed them with bread. The district has asked the army for boats.
"""
FLOOD_TITLE = "Third flood in a month drives families from eastern valleys"

# 港口罢工: the same news, in a script without blanks.
HARBOUR_ZH = (
    "埃尔斯特港的码头工人周二早上因夜班谈判破裂而罢工，十一艘集装箱船停在海湾等候，首都的商店警告说周末"
    "货架可能会空。工会表示约四千名会员参加了这次罢工，是港口重建以来人数最多的一次。港务局对罢工表示遗憾，"
    "并要求派出调解人。交通部发言人说渡轮将继续运行，政府在周五之前不会介入。"
)
HARBOUR_TH = (
    "คนงานท่าเรือทางตอนเหนือหยุดงานประท้วงเมื่อเช้าวันอังคารหลังจากการเจรจาเรื่องกะกลางคืนล้มเหลว"
    "ทำให้เรือบรรทุกสินค้าสิบเอ็ดลำต้องจอดรออยู่ในอ่าวและร้านค้าในเมืองหลวงเตือนว่าชั้นวางสินค้าอาจว่างเปล่า"
)
